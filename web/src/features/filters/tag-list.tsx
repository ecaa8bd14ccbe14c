import { Link, type LinkOptions } from "@tanstack/react-router";

import { Badge } from "@/ui/badge";

interface TagListProps {
  tags: readonly string[];
  /** Where a tag leads: a list of what else carries it. */
  linkOf: (tag: string) => LinkOptions;
  /** Tags shown before the rest is counted. */
  most?: number;
}

export function TagList({ tags, linkOf, most = tags.length }: TagListProps) {
  const rest = tags.slice(most);
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      {tags.slice(0, most).map((tag) => (
        <Link
          key={tag}
          {...linkOf(tag)}
          title={`Only with tag ${tag}`}
          className="min-w-0 rounded hover:brightness-95 dark:hover:brightness-125"
        >
          <Badge>
            <span className="truncate">{tag}</span>
          </Badge>
        </Link>
      ))}
      {rest.length > 0 && <Badge title={rest.join(", ")}>+{rest.length}</Badge>}
    </span>
  );
}
