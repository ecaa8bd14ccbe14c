/**
 * Branded ids and units. A session id is a string and a duration is a number, but neither may
 * stand where another one belongs; the brand makes the mix-up a compile error and costs nothing.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type ProjectName = Brand<string, "ProjectName">;
export type SessionId = Brand<string, "SessionId">;
export type TraceId = Brand<string, "TraceId">;
export type SpanId = Brand<string, "SpanId">;
export type UserId = Brand<string, "UserId">;

/** A length of time in microseconds. */
export type Micros = Brand<number, "Micros">;
/** A point in time in microseconds since 1970-01-01T00:00:00Z. */
export type EpochMicros = Brand<number, "EpochMicros">;
/** US dollars. */
export type Usd = Brand<number, "Usd">;
/** A count of model tokens. */
export type Tokens = Brand<number, "Tokens">;

export const projectName = (value: string): ProjectName => value as ProjectName;
export const sessionId = (value: string): SessionId => value as SessionId;
export const traceId = (value: string): TraceId => value as TraceId;
export const spanId = (value: string): SpanId => value as SpanId;
export const userId = (value: string): UserId => value as UserId;
export const micros = (value: number): Micros => value as Micros;
export const epochMicros = (value: number): EpochMicros => value as EpochMicros;
export const usd = (value: number): Usd => value as Usd;
export const tokens = (value: number): Tokens => value as Tokens;

/** Returns the time from `start` to `end`, never negative. */
export const between = (start: EpochMicros, end: EpochMicros): Micros => micros(Math.max(0, end - start));
