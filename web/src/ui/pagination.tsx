import { ChevronLeft, ChevronRight } from "lucide-react";

import { IconButton } from "./button";
import { Select } from "./fields";

import { formatInteger } from "@/lib/format";

export const PAGE_SIZES = [25, 50, 100, 200] as const;

interface PaginationProps {
  page: number;
  size: number;
  total: number;
  onPage: (page: number) => void;
  onSize: (size: number) => void;
}

export function Pagination({ page, size, total, onPage, onSize }: PaginationProps) {
  const pages = Math.max(1, Math.ceil(total / size));
  const first = total === 0 ? 0 : (page - 1) * size + 1;
  const last = Math.min(total, page * size);
  return (
    <nav aria-label="Pages" className="num flex h-11 items-center justify-end gap-2 px-4 text-xs text-muted">
      <label className="flex items-center gap-2">
        Rows
        <Select className="h-7 text-xs" value={size} onChange={(event) => onSize(Number(event.target.value))}>
          {PAGE_SIZES.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </Select>
      </label>
      <span aria-live="polite" className="mx-2 min-w-32 text-right">
        {formatInteger(first)}–{formatInteger(last)} of {formatInteger(total)}
      </span>
      <IconButton
        label="Previous page"
        className="size-7"
        disabled={page <= 1}
        onClick={() => onPage(page - 1)}
      >
        <ChevronLeft />
      </IconButton>
      <IconButton
        label="Next page"
        className="size-7"
        disabled={page >= pages}
        onClick={() => onPage(page + 1)}
      >
        <ChevronRight />
      </IconButton>
    </nav>
  );
}
