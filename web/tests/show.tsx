import { MantineProvider } from "@mantine/core";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterContextProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { stringifySearch } from "@/app/search";

/** Shows something inside of the theme, without transitions; its links lead where they do in the app. */
export function show(what: ReactNode) {
  const router = createRouter({
    routeTree: createRootRoute(),
    history: createMemoryHistory(),
    stringifySearch,
  });
  return render(
    <MantineProvider env="test">
      <RouterContextProvider router={router}>{what}</RouterContextProvider>
    </MantineProvider>,
  );
}
