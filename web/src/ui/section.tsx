import { Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import styles from "./section.module.css";

type SectionProps = { title: string; lead?: ReactNode; children: ReactNode };

/** A part of a page under its own heading. */
export function Section({ title, lead, children }: SectionProps) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className={styles.section}>
      <Title order={2} size="h4" id={heading} mb="xs">
        {title}
      </Title>
      {lead ? (
        <Text mb="sm" maw="75ch">
          {lead}
        </Text>
      ) : null}
      {children}
    </section>
  );
}
