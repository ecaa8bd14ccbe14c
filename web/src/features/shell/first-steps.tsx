import { CodeSnippet } from "@/ui/code-snippet";

interface FirstStepsProps {
  project: string;
  /** Whether the example should make a session. */
  withSession: boolean;
}

/** The three lines that put something on this page. */
export function FirstSteps({ project, withSession }: FirstStepsProps) {
  return (
    <div className="mt-4 space-y-3">
      <CodeSnippet label="Copy example" code={exampleCode(project, window.location.origin, withSession)} />
      <p className="text-xs text-subtle">
        Needs <code className="font-mono">pip install ./python</code>; a server that asks for a key also wants{" "}
        <code className="font-mono">pandaprobe.init(api_key=…)</code>.
      </p>
    </div>
  );
}

const DEFAULT_ORIGIN = "http://127.0.0.1:8000";

/** Returns Python that sends one trace to this server and project; what the SDK assumes anyway is left out. */
export function exampleCode(project: string, origin: string, withSession: boolean): string {
  const settings = [
    ...(origin === DEFAULT_ORIGIN ? [] : [`endpoint=${JSON.stringify(origin)}`]),
    ...(project === "default" ? [] : [`project_name=${JSON.stringify(project)}`]),
  ];
  return [
    "import pandaprobe",
    ...(settings.length > 0 ? [`pandaprobe.init(${settings.join(", ")})`] : []),
    withSession
      ? 'with pandaprobe.start_trace("hello", session_id="my-first-session") as t:'
      : 'with pandaprobe.start_trace("hello") as t:',
    '    t.set_output({"answer": 42})',
  ].join("\n");
}
