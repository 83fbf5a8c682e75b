import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

type PageTitleProps = {
  title: string;
  /** One sentence below: what the page answers. */
  lead?: ReactNode;
  /** Badges and buttons on the right. */
  aside?: ReactNode;
};

/** The one h1 of a page; also the title of the browser tab. */
export function PageTitle({ title, lead, aside }: PageTitleProps) {
  return (
    <Stack gap={4} mb="lg">
      <title>{`${title} · NoPhantom`}</title>
      <Group justify="space-between" align="center">
        <Title order={1} size="h2">
          {title}
        </Title>
        {aside}
      </Group>
      {lead ? (
        <Text c="dimmed" maw="75ch">
          {lead}
        </Text>
      ) : null}
    </Stack>
  );
}
