import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { ApiProblem } from "./api/problem";
import { makeRouter } from "./router";
import "./styles.css";
import { ClockProvider } from "./ui/clock";
import { TooltipProvider } from "./ui/tooltip";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiProblem && error.isTransient,
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});
const router = makeRouter(queries);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ClockProvider>
        <TooltipProvider delayDuration={150}>
          <RouterProvider router={router} />
        </TooltipProvider>
      </ClockProvider>
    </QueryClientProvider>
  </StrictMode>,
);
