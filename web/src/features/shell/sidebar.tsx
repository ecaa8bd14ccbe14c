import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import {
  Braces,
  ChevronsUpDown,
  Folder,
  ListTree,
  LogOut,
  MessagesSquare,
  Monitor,
  Moon,
  PanelLeftClose,
  PanelLeftOpen,
  Sun,
} from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";

import { Logo } from "./logo";
import { recall, remember } from "./storage";
import { THEMES, useTheme, type Theme } from "./theme";

import { logOut } from "@/api/client";
import { projectsQuery } from "@/api/queries";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { cx } from "@/ui/cx";
import { ChoiceMenu } from "@/ui/menu";

const ITEM =
  "flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-sm text-muted hover:bg-raised hover:text-fg [&_svg]:size-4 [&_svg]:shrink-0";

export function Sidebar({ project }: { project: ProjectName }) {
  const [narrow, toggleNarrow] = useNarrow();
  return (
    <aside
      className={cx(
        "flex shrink-0 flex-col border-r border-line bg-surface p-2",
        narrow ? "w-[3.25rem]" : "w-52",
      )}
    >
      <Link
        {...paths.sessions(project)}
        aria-label="PandaProbe"
        className="mb-2 flex h-9 items-center gap-2 rounded-md px-1.5"
      >
        <Logo className="size-6 shrink-0" />
        {!narrow && <span className="text-base font-semibold tracking-tight">PandaProbe</span>}
      </Link>
      <ProjectSwitcher project={project} narrow={narrow} />
      <nav aria-label="Main" className="mt-3 space-y-0.5">
        <NavItem
          link={paths.sessions(project)}
          part={/^\/p\/[^/]+\/sessions?$/}
          icon={<MessagesSquare />}
          label="Sessions"
          narrow={narrow}
        />
        <NavItem
          link={paths.traces(project)}
          part={/^\/p\/[^/]+\/traces?(\/|$)/}
          icon={<ListTree />}
          label="Traces"
          narrow={narrow}
        />
      </nav>
      <div className="mt-auto space-y-0.5">
        <a
          href="/openapi.json"
          target="_blank"
          rel="noreferrer"
          className={ITEM}
          title="API description (OpenAPI)"
        >
          <Braces aria-hidden />
          <span className={cx(narrow && "sr-only")}>API</span>
        </a>
        <ThemeSwitcher narrow={narrow} />
        {recall("signed-in") !== null && (
          <button type="button" className={ITEM} onClick={() => void leave()} title="Log out">
            <LogOut aria-hidden />
            <span className={cx(narrow && "sr-only")}>Log out</span>
          </button>
        )}
        <button
          type="button"
          className={ITEM}
          aria-expanded={!narrow}
          onClick={toggleNarrow}
          title={narrow ? "Widen sidebar" : "Narrow sidebar"}
        >
          {narrow ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
          <span className={cx(narrow && "sr-only")}>{narrow ? "Widen sidebar" : "Narrow"}</span>
        </button>
      </div>
    </aside>
  );
}

async function leave(): Promise<void> {
  await logOut().catch(() => undefined);
  remember("signed-in", null);
  window.location.reload();
}

interface NavItemProps {
  link: ReturnType<typeof paths.sessions> | ReturnType<typeof paths.traces>;
  /** What the addresses of the list and of its details have in common. */
  part: RegExp;
  icon: ReactNode;
  label: string;
  narrow: boolean;
}

function NavItem({ link, part, icon, label, narrow }: NavItemProps) {
  const here = useLocation({ select: ({ pathname }) => part.test(pathname) });
  return (
    <Link
      {...link}
      activeOptions={{ includeSearch: false }}
      aria-current={here ? "page" : undefined}
      title={label}
      className={cx(ITEM, here && "bg-selected font-medium text-fg!")}
    >
      {icon}
      <span className={cx(narrow && "sr-only")}>{label}</span>
    </Link>
  );
}

function ProjectSwitcher({ project, narrow }: { project: ProjectName; narrow: boolean }) {
  const { data: known = [] } = useQuery(projectsQuery);
  const navigate = useNavigate();
  const names = known.includes(project) ? known : [project, ...known];
  return (
    <ChoiceMenu
      label="Projects"
      value={project}
      options={names.map((name) => ({ value: name, label: name, icon: <Folder className="text-subtle" /> }))}
      onChange={(name) => void navigate(paths.sessions(name))}
      trigger={
        <button
          type="button"
          aria-label={`Project ${project}, change`}
          title={`Project: ${project}`}
          className={cx(ITEM, "border border-line-strong text-fg!")}
        >
          <Folder aria-hidden className="text-subtle" />
          {!narrow && (
            <>
              <span className="truncate font-medium">{project}</span>
              <ChevronsUpDown aria-hidden className="ml-auto text-subtle" />
            </>
          )}
        </button>
      }
    />
  );
}

const THEME_LOOK: Record<Theme, { label: string; icon: ReactNode }> = {
  system: { label: "System theme", icon: <Monitor /> },
  light: { label: "Light theme", icon: <Sun /> },
  dark: { label: "Dark theme", icon: <Moon /> },
};

function ThemeSwitcher({ narrow }: { narrow: boolean }) {
  const [theme, setTheme] = useTheme();
  const { label, icon } = THEME_LOOK[theme];
  return (
    <ChoiceMenu
      label="Theme"
      side="top"
      value={theme}
      options={THEMES.map((value) => ({ value, ...THEME_LOOK[value] }))}
      onChange={setTheme}
      trigger={
        <button type="button" className={ITEM} title={label} aria-label={`Theme: ${label}`}>
          {icon}
          <span className={cx(narrow && "sr-only")}>{label}</span>
        </button>
      }
    />
  );
}

/** Wide where there is room, unless this browser was told otherwise. */
function useNarrow(): [boolean, () => void] {
  const [choice, setChoice] = useState(() => recall("sidebar"));
  const [small, setSmall] = useState(() => window.matchMedia("(width < 80rem)").matches);
  useEffect(() => {
    const media = window.matchMedia("(width < 80rem)");
    const follow = () => setSmall(media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  const narrow = choice === null ? small : choice === "narrow";
  const toggle = () => {
    const next = narrow ? "wide" : "narrow";
    remember("sidebar", next);
    setChoice(next);
  };
  return [narrow, toggle];
}
