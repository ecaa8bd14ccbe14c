import { useMemo } from "react";

import { blocksOf } from "@/lib/rich-text";

/** Prose with its code blocks, bold words and inline code; line breaks stay as they are. */
export function RichText({ text }: { text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className="space-y-1.5">
      {blocks.map((block, at) =>
        block.kind === "code" ? (
          <pre
            key={at}
            data-language={block.language}
            className="overflow-x-auto rounded-md border border-line bg-canvas px-2.5 py-2 font-mono text-xs leading-5"
          >
            {block.text}
          </pre>
        ) : (
          <p key={at} className="break-words whitespace-pre-wrap">
            {block.runs.map((run, index) => {
              if (run.style === "italic") return <em key={index}>{run.text}</em>;
              if (run.style === "bold") return <strong key={index}>{run.text}</strong>;
              if (run.style === "plain") return run.text;
              return (
                <code key={index} className="rounded bg-raised px-1 py-px font-mono text-[0.92em]">
                  {run.text}
                </code>
              );
            })}
          </p>
        ),
      )}
    </div>
  );
}
