import { X } from "lucide-react";
import { useState, type SubmitEvent, type ReactNode } from "react";

import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { TextField } from "@/ui/fields";
import { Popover } from "@/ui/popover";

interface TextFilterProps {
  icon: ReactNode;
  /** What is filtered by, as in "User". */
  label: string;
  hint: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A filter for one exact value: a button that opens a field, and shows the value once there is one. */
export function TextFilter({ icon, label, hint, value, onChange }: TextFilterProps) {
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState(value ?? "");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setOpen(false);
    onChange(draft.trim() === "" ? undefined : draft.trim());
  };
  return (
    <div className="flex min-w-0">
      <Popover
        label={label}
        open={open}
        onOpenChange={(next) => {
          setDraft(value ?? "");
          setOpen(next);
        }}
        className="w-72"
        trigger={
          <Button
            pressed={value !== undefined}
            aria-pressed={undefined}
            className={cx("min-w-0", value !== undefined && "rounded-r-none")}
          >
            {icon}
            {label}
            {value !== undefined && <span className="max-w-36 truncate font-normal">{value}</span>}
          </Button>
        }
      >
        <form onSubmit={submit} className="space-y-2">
          <TextField
            aria-label={label}
            placeholder={hint}
            value={draft}
            maxLength={255}
            spellCheck={false}
            autoFocus
            onChange={(event) => setDraft(event.target.value)}
            className="w-full"
          />
          <div className="flex justify-end">
            <Button type="submit" look="primary">
              Apply
            </Button>
          </div>
        </form>
      </Popover>
      {value !== undefined && (
        <Button
          pressed
          aria-pressed={undefined}
          aria-label={`Clear ${label.toLowerCase()} filter`}
          className="rounded-l-none border-l-0! px-1.5"
          onClick={() => onChange(undefined)}
        >
          <X />
        </Button>
      )}
    </div>
  );
}
