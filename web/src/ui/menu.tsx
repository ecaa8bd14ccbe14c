import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import { cx } from "./cx";

interface ChoiceMenuProps<T extends string> {
  trigger: ReactNode;
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: ReactNode }[];
  onChange: (value: T) => void;
  side?: "bottom" | "top" | "right";
  className?: string;
}

/** A menu of which one entry is chosen. `trigger` must be one element that takes a ref. */
export function ChoiceMenu<T extends string>(props: ChoiceMenuProps<T>) {
  const { trigger, label, value, options, onChange, side = "bottom", className } = props;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="start"
          side={side}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className={cx(
            "z-50 max-h-80 min-w-44 overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-pop",
            className,
          )}
        >
          <DropdownMenu.RadioGroup
            value={value}
            onValueChange={(next) => {
              const chosen = options.find((option) => option.value === next);
              if (chosen) onChange(chosen.value);
            }}
          >
            {options.map((option) => (
              <DropdownMenu.RadioItem
                key={option.value}
                value={option.value}
                className="flex h-8 cursor-pointer items-center gap-2 rounded px-2 text-sm outline-none data-highlighted:bg-raised data-[state=checked]:font-medium [&_svg]:size-4"
              >
                {option.icon}
                <span className="truncate">{option.label}</span>
                <DropdownMenu.ItemIndicator className="ml-auto">
                  <Check className="text-accent" />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
