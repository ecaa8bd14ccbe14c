import { CalendarDays, Check, X } from "lucide-react";
import { useState, type SubmitEvent } from "react";

import { fromLocalField, PRESETS, toLocalField, type DateRange } from "@/lib/date-range";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { TextField } from "@/ui/fields";
import { Popover } from "@/ui/popover";

interface DateRangeFilterProps {
  value: DateRange;
  onChange: (value: DateRange) => void;
}

const ALL_TIME: DateRange = { range: undefined, from: undefined, to: undefined };

export function DateRangeFilter({ value, onChange }: DateRangeFilterProps) {
  const [open, setOpen] = useState(false);
  const custom = value.from !== undefined || value.to !== undefined;
  const active = custom || value.range !== undefined;
  const choose = (next: DateRange) => {
    setOpen(false);
    onChange({ ...ALL_TIME, ...next });
  };
  return (
    <div className="flex">
      <Popover
        label="Time range"
        open={open}
        onOpenChange={setOpen}
        className="w-72"
        trigger={
          <Button pressed={active} aria-pressed={undefined} className={cx(active && "rounded-r-none")}>
            <CalendarDays />
            {rangeText(value)}
          </Button>
        }
      >
        <ul className="-mx-1">
          {[{ key: undefined, label: "All time" }, ...PRESETS].map(({ key, label }) => (
            <li key={label}>
              <button
                type="button"
                onClick={() => choose({ range: key })}
                className="flex h-8 w-full items-center justify-between rounded px-2 hover:bg-raised"
              >
                {label}
                {!custom && value.range === key && <Check className="size-4 text-accent" />}
              </button>
            </li>
          ))}
        </ul>
        <CustomRange key={`${value.from}/${value.to}`} value={value} onApply={choose} />
      </Popover>
      {active && (
        <Button
          pressed
          aria-pressed={undefined}
          aria-label="Clear time range"
          className="rounded-l-none border-l-0! px-1.5"
          onClick={() => choose(ALL_TIME)}
        >
          <X />
        </Button>
      )}
    </div>
  );
}

function CustomRange({ value, onApply }: { value: DateRange; onApply: (value: DateRange) => void }) {
  const [from, setFrom] = useState(toLocalField(value.from));
  const [to, setTo] = useState(toLocalField(value.to));
  const reversed = from !== "" && to !== "" && from >= to;
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    onApply({ from: fromLocalField(from), to: fromLocalField(to) });
  };
  return (
    <form onSubmit={apply} className="mt-2 space-y-2 border-t border-line pt-3">
      <label className="flex items-center justify-between gap-2 text-xs text-muted">
        From
        <TextField
          type="datetime-local"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          className="w-52"
        />
      </label>
      <label className="flex items-center justify-between gap-2 text-xs text-muted">
        To
        <TextField
          type="datetime-local"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          className="w-52"
        />
      </label>
      <div className="flex items-center justify-between gap-2">
        <span role="status" className="text-xs text-danger">
          {reversed && "From must be before to"}
        </span>
        <Button type="submit" look="primary" disabled={reversed || (from === "" && to === "")}>
          Apply
        </Button>
      </div>
    </form>
  );
}

function rangeText({ range, from, to }: DateRange): string {
  if (from === undefined && to === undefined)
    return PRESETS.find(({ key }) => key === range)?.label ?? "All time";
  const text = (iso: string) =>
    new Date(iso).toLocaleString("en-GB", {
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
  if (from === undefined) return `until ${text(to ?? "")}`;
  return to === undefined ? `since ${text(from)}` : `${text(from)} – ${text(to)}`;
}
