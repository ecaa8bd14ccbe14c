import { KeyRound } from "lucide-react";
import { useState, type SubmitEvent } from "react";

import { remember } from "./storage";

import { logIn } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/fields";
import { Notice } from "@/ui/state";

/** Asks for an API key when the server wants one, and says why. */
export function AccessForm({ problem }: { problem: ApiProblem }) {
  const [key, setKey] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    try {
      await logIn(key.trim());
      remember("signed-in", "yes");
      // The whole page was made for somebody without access.
      window.location.reload();
    } catch (error) {
      setRefusal(error instanceof ApiProblem ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Notice
      icon={<KeyRound />}
      title={problem.status === 401 ? "An API key is required" : "This API key has no access here"}
    >
      <p>
        The server says: <q>{problem.message}</q>
      </p>
      <form onSubmit={(event) => void submit(event)} className="mx-auto mt-4 flex max-w-sm gap-2">
        <TextField
          type="password"
          aria-label="API key"
          aria-invalid={refusal !== null}
          aria-describedby={refusal === null ? undefined : "key-refusal"}
          placeholder="sk_pp_…"
          autoComplete="current-password"
          required
          value={key}
          onChange={(event) => setKey(event.target.value)}
          className="min-w-0 flex-1 font-mono"
        />
        <Button type="submit" look="primary" disabled={busy}>
          Log in
        </Button>
      </form>
      {refusal !== null && (
        <p id="key-refusal" role="alert" className="mt-2 text-danger">
          {refusal}
        </p>
      )}
      <p className="mt-4 text-xs text-subtle">
        The server prints its first key when it starts for the first time, and keeps it in the file{" "}
        <code className="font-mono">api-key</code> of its data directory. It is exchanged for a cookie that
        scripts cannot read.
      </p>
    </Notice>
  );
}
