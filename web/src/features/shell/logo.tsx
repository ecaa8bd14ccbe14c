export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <g className="fill-[oklch(0.25_0.02_160)] dark:fill-[oklch(0.42_0.02_160)]">
        <circle cx="7" cy="8" r="5" />
        <circle cx="25" cy="8" r="5" />
      </g>
      <circle
        cx="16"
        cy="17"
        r="12.5"
        strokeWidth="1.5"
        className="fill-white stroke-[oklch(0.25_0.02_160)] dark:stroke-[oklch(0.42_0.02_160)]"
      />
      <g fill="oklch(0.25 0.02 160)">
        <ellipse cx="11" cy="16" rx="3.3" ry="4.2" transform="rotate(20 11 16)" />
        <ellipse cx="21" cy="16" rx="3.3" ry="4.2" transform="rotate(-20 21 16)" />
        <ellipse cx="16" cy="21.6" rx="2" ry="1.4" />
      </g>
      <g fill="oklch(0.75 0.15 157)">
        <circle cx="11.6" cy="15.6" r="1.2" />
        <circle cx="20.4" cy="15.6" r="1.2" />
      </g>
    </svg>
  );
}
