/** Longest piece of one line that is laid out at once; a 5 MB line would freeze the page. */
export const LINE_LIMIT = 400;

/** Returns the text as lines of at most `limit` characters, so that a list can draw only those on screen. */
export function toLines(text: string, limit = LINE_LIMIT): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start <= text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    for (let at = start; at < end;) {
      const next = wholePieceEnd(text, at, Math.min(end, at + limit));
      lines.push(text.slice(at, next));
      at = next;
    }
    if (end === start) lines.push("");
    start = end + 1;
  }
  return lines;
}

/** Moves a cut that would split a surrogate pair back by one. */
function wholePieceEnd(text: string, start: number, end: number): number {
  const code = text.charCodeAt(end - 1);
  const splitsPair = end < text.length && code >= 0xd800 && code <= 0xdbff && end - start > 1;
  return splitsPair ? end - 1 : end;
}
