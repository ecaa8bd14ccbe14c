import { AccessForm } from "./access-form";

import { ApiProblem } from "@/api/problem";
import { ErrorNotice } from "@/ui/state";

interface QueryErrorProps {
  error: Error;
  /** What could not be shown, as in "sessions". */
  what: string;
  onRetry: () => void;
}

/** A failed question to the server, in place of its answer. */
export function QueryError({ error, what, onRetry }: QueryErrorProps) {
  if (!(error instanceof ApiProblem)) {
    return <ErrorNotice title={`Could not show ${what}`} detail={error.message} onRetry={onRetry} />;
  }
  if (error.isAccess) return <AccessForm problem={error} />;
  return (
    <ErrorNotice
      title={`Could not load ${what}`}
      detail={error.message}
      fields={error.fields}
      onRetry={onRetry}
    />
  );
}
