import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "@/api/problem";
import { resolver, theme } from "./theme";

const MOST_TRIES = 2; // after the first
const FRESH_MS = 30_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A refusal stays a refusal; only what may pass by itself is tried again.
      retry: (failures, error) =>
        failures < MOST_TRIES && !(error instanceof ApiProblem && error.isFinal),
      refetchOnWindowFocus: false,
      // "Offline" is what the browser believes of the internet; our server is often this machine.
      networkMode: "always",
    },
  },
});

const schemes = localStorageColorSchemeManager({ key: "mantine-color-scheme-value" });

/** The nonce that the server gave this page, for the style elements that Mantine adds. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

export function Providers({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </MantineProvider>
  );
}
