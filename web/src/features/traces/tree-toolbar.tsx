import { ChevronDown, ChevronUp, CircleX, ListChevronsDownUp, ListChevronsUpDown } from "lucide-react";

import { formatInteger, plural } from "@/lib/format";
import { Button, IconButton } from "@/ui/button";
import { SearchField } from "@/ui/fields";

interface TreeToolbarProps {
  text: string;
  onText: (text: string) => void;
  /** Matches of the search; null while nothing is searched. */
  matches: number | null;
  onMatch: (step: 1 | -1) => void;
  errors: number;
  onError: (step: 1 | -1) => void;
  onExpandAll: () => void;
  onCollapseAll: () => void;
}

export function TreeToolbar(props: TreeToolbarProps) {
  const { text, onText, matches, onMatch, errors, onError, onExpandAll, onCollapseAll } = props;
  return (
    <div className="num flex h-11 shrink-0 items-center gap-1 border-b border-line px-3">
      <SearchField
        label="Find spans"
        value={text}
        onChange={onText}
        shortcut="/"
        delay={150}
        className="w-56 min-w-28 shrink"
      />
      {matches !== null && (
        <>
          <span role="status" className="px-1 text-xs whitespace-nowrap text-muted">
            {formatInteger(matches)} found
          </span>
          <IconButton
            label="Previous match"
            disabled={matches === 0}
            onClick={() => onMatch(-1)}
            className="size-7"
          >
            <ChevronUp />
          </IconButton>
          <IconButton
            label="Next match"
            disabled={matches === 0}
            onClick={() => onMatch(1)}
            className="size-7"
          >
            <ChevronDown />
          </IconButton>
        </>
      )}
      {errors > 0 && (
        <Button
          look="quiet"
          title="Go to the next failed span"
          onClick={(event) => onError(event.shiftKey ? -1 : 1)}
          className="h-7 text-xs text-danger!"
        >
          <CircleX /> {plural(errors, "error")}
        </Button>
      )}
      <IconButton label="Expand all" onClick={onExpandAll} className="ml-auto size-7">
        <ListChevronsUpDown />
      </IconButton>
      <IconButton label="Collapse all" onClick={onCollapseAll} className="size-7">
        <ListChevronsDownUp />
      </IconButton>
    </div>
  );
}
