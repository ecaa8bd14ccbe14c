import { useEffect, useState } from "react";

import { recall, remember } from "./storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const systemDark = () => window.matchMedia("(prefers-color-scheme: dark)");

function apply(theme: Theme): void {
  const dark = theme === "dark" || (theme === "system" && systemDark().matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** The chosen theme and a way to change it; "system" follows the system while the page is open. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => THEMES.find((one) => one === recall("theme")) ?? "system");
  useEffect(() => {
    apply(theme);
    if (theme !== "system") return;
    const media = systemDark();
    const follow = () => apply("system");
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, [theme]);
  const choose = (next: Theme) => {
    remember("theme", next === "system" ? null : next);
    setTheme(next);
  };
  return [theme, choose];
}
