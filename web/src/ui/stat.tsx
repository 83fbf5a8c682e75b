import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";

type StatProps = {
  label: string;
  /** Already formatted by format/. */
  value: ReactNode;
  note?: ReactNode;
};

/** One number with its name and, below, what has to be known about it. Put several into <Stats>. */
export function Stat({ label, value, note }: StatProps) {
  return (
    <Paper withBorder p="md">
      <Text component="dt" size="sm" c="dimmed">
        {label}
      </Text>
      <Text component="dd" m={0} fz="xl" fw={650} lh={1.3} className="np-numbers">
        {value}
      </Text>
      {note ? (
        <Text component="dd" m={0} size="sm" c="dimmed">
          {note}
        </Text>
      ) : null}
    </Paper>
  );
}

/** A row of stats that wraps. */
export function Stats({ children }: { children: ReactNode }) {
  return <dl className="np-stats">{children}</dl>;
}
