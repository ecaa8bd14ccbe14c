/** What this browser remembers. Storage may be closed to us, so every access may quietly do nothing. */
type Key = "theme" | "project" | "sidebar" | "signed-in" | "refresh" | "trace-split";

export function remember(key: Key, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`pandaprobe.${key}`);
    else localStorage.setItem(`pandaprobe.${key}`, value);
  } catch {
    // Nothing is lost but a preference.
  }
}

export function recall(key: Key): string | null {
  try {
    return localStorage.getItem(`pandaprobe.${key}`);
  } catch {
    return null;
  }
}
