import { MantineProvider } from "@mantine/core";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";

/** Shows something inside of the theme, without transitions. */
export function show(what: ReactNode) {
  return render(<MantineProvider env="test">{what}</MantineProvider>);
}
