import { Outlet } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";

import { Sidebar } from "./sidebar";
import { remember } from "./storage";

import type { ProjectName } from "@/model/units";

/** The frame around every page of a project. */
export function Shell({ project }: { project: ProjectName }) {
  useEffect(() => remember("project", project), [project]);
  return (
    <div className="flex h-full min-w-0">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-surface focus:p-2"
      >
        Skip to content
      </a>
      <Sidebar project={project} />
      <main id="main" tabIndex={-1} className="flex h-full min-w-0 flex-1 flex-col focus:outline-none">
        <Outlet />
      </main>
    </div>
  );
}

/** Sets the title of the browser's tab and gives the page its heading line. */
export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4">
      <h1 className="text-base font-semibold">{title}</h1>
      {children}
    </header>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · PandaProbe`;
  }, [title]);
}
