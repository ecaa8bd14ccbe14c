/** The little Markdown that answers of models nearly always use. Everything else stays as it was written. */
export type Block =
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | { readonly kind: "prose"; readonly runs: readonly Run[] };

export interface Run {
  readonly style: "plain" | "bold" | "italic" | "code";
  readonly text: string;
}

/** Returns the fenced code blocks of a text and the prose between them, in order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let prose: string[] = [];
  let code: { language: string; lines: string[] } | null = null;
  const flush = () => {
    const joined = prose.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined !== "") blocks.push({ kind: "prose", runs: runsOf(joined) });
    prose = [];
  };
  for (const line of text.split("\n")) {
    const fence = /^\s{0,3}```\s*([\w+#.-]*)\s*$/.exec(line);
    if (code === null && fence) {
      flush();
      code = { language: fence[1] ?? "", lines: [] };
    } else if (code !== null && fence) {
      blocks.push({ kind: "code", language: code.language, text: code.lines.join("\n") });
      code = null;
    } else {
      (code?.lines ?? prose).push(line);
    }
  }
  // A fence that is never closed is an answer that was cut off: still code.
  if (code !== null) blocks.push({ kind: "code", language: code.language, text: code.lines.join("\n") });
  flush();
  return blocks;
}

/** Bold, inline code, and italics where the asterisks hug a word (so that `2 * 3 * 4` stays arithmetic). */
const MARKS = /\*\*([^*\n]+)\*\*|`([^`\n]+)`|(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])/g;

/** Returns the prose cut at `**bold**`, `*italic*` and `` `code` ``. */
export function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  let last = 0;
  for (const match of text.matchAll(MARKS)) {
    if (match.index > last) runs.push({ style: "plain", text: text.slice(last, match.index) });
    const [whole, bold, code, italic] = match;
    if (bold !== undefined) runs.push({ style: "bold", text: bold });
    else if (code !== undefined) runs.push({ style: "code", text: code });
    else runs.push({ style: "italic", text: italic ?? "" });
    last = match.index + whole.length;
  }
  if (last < text.length) runs.push({ style: "plain", text: text.slice(last) });
  return runs;
}
