import { CopyButton } from "./copy";

export function CodeSnippet({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative rounded-lg border border-line bg-canvas text-left">
      <pre className="overflow-x-auto p-3 pr-10 font-mono text-xs leading-5 text-fg">{code}</pre>
      <CopyButton text={code} label={label} className="absolute top-2 right-2" />
    </div>
  );
}
