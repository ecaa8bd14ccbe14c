/**
 * JSON whose numbers survive. A 64-bit id that an agent sent as a number does not fit a double;
 * shown rounded, it would send its reader after the wrong record. Such numbers are kept as their
 * text (`JSON.rawJSON`), which `JSON.stringify` writes back digit by digit. Browsers without it
 * show the rounded number, as everything else on the web does.
 */
interface RawNumber {
  readonly rawJSON: string;
}

interface ExactJson {
  rawJSON?: (text: string) => RawNumber;
  isRawJSON?: (value: unknown) => boolean;
  parse: (
    text: string,
    revive: (key: string, value: unknown, context?: { source?: string }) => unknown,
  ) => unknown;
}

const exact = JSON as unknown as ExactJson;

/** Texts without a number of this many digits, or with a large exponent, need no second look. */
const SUSPECT = /\d[\d.]{15}|\d[eE]\+?\d{3}/;

/** Returns the value of a JSON text; numbers that a double cannot hold come as raw numbers. */
export function parseExact(text: string): unknown {
  const { rawJSON } = exact;
  if (rawJSON === undefined || !SUSPECT.test(text)) return JSON.parse(text);
  return exact.parse(text, (_key, value, context) =>
    typeof value === "number" && context?.source !== undefined && !isExact(context.source, value)
      ? rawJSON(context.source)
      : value,
  );
}

/** Returns the text of a raw number, or null for any other value. */
export const rawNumber = (value: unknown): string | null =>
  exact.isRawJSON?.(value) === true ? (value as RawNumber).rawJSON : null;

/** True when `value` stands for the same number as `source`, to the last digit. */
export function isExact(source: string, value: number): boolean {
  return Number.isFinite(value) && sameNumber(source, String(value));
}

function sameNumber(a: string, b: string): boolean {
  const [one, other] = [scientific(a), scientific(b)];
  return one.digits === other.digits && (one.digits === "" || one.exponent === other.exponent);
}

/** Returns the significant digits of a number, and the power of ten of the last one. */
function scientific(text: string): { digits: string; exponent: number } {
  const [mantissa = "", power = "0"] = text
    .replace("-", (minus, at: number) => (at === 0 ? "" : minus))
    .split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return { digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}
