import { Tag, X } from "lucide-react";

import { Button } from "@/ui/button";

interface ActiveTagsProps {
  tags: readonly string[] | undefined;
  onChange: (tags: string[] | undefined) => void;
}

/** The tags that a list is narrowed to, each with a way to drop it. */
export function ActiveTags({ tags, onChange }: ActiveTagsProps) {
  return tags?.map((tag) => (
    <Button
      key={tag}
      pressed
      aria-pressed={undefined}
      aria-label={`Drop tag filter ${tag}`}
      onClick={() => {
        const rest = tags.filter((other) => other !== tag);
        onChange(rest.length > 0 ? rest : undefined);
      }}
    >
      <Tag />
      <span className="max-w-40 truncate">{tag}</span>
      <X />
    </Button>
  ));
}
