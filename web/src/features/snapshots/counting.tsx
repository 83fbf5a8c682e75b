import { Alert, List, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { Why } from "@/ui/counted-name";
import { TopicLink } from "@/ui/link";
import styles from "./counting.module.css";
import type { Snapshot } from "./queries";

/** That the e-values of a snapshot did not keep their word in its self-test; nothing where they did. */
export function CalibrationWarning({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation();
  if (snapshot.calibrated !== false) return null;
  const failed = snapshot.self_test.filter((check) => !check.holds);
  const worst = failed.reduce((a, b) => ((b.worth ?? 0) > (a.worth ?? 0) ? b : a));
  return (
    <Alert
      role="note"
      color="red"
      mb="md"
      icon={<TriangleAlert aria-hidden />}
      title={t("snapshot.uncalibrated.title")}
    >
      <Text size="sm">
        {t("snapshot.uncalibrated.note", {
          level: count(Math.round(worst.level)),
          times: (worst.worth ?? 0).toFixed(1),
        })}
      </Text>
    </Alert>
  );
}

/** The names that a snapshot counted as another topic, to be opened. */
export function CountedNames({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation();
  if (snapshot.names.length === 0) return null;
  return (
    <details className={styles.names}>
      <summary>{t("snapshot.names.summary", { count: snapshot.names.length })}</summary>
      <Text size="sm" c="dimmed" mt="xs" maw="90ch">
        {t("snapshot.names.note")}
      </Text>
      <List size="sm" mt="xs" className={styles.list}>
        {snapshot.names.map((name) => (
          <List.Item key={name.alias}>
            {name.alias_name}{" "}
            <TopicLink underline="always" slug={name.topic} snapshot={String(snapshot.id)}>
              {t("snapshot.names.is", { topic: name.topic_name })}
            </TopicLink>
            : <Why name={name} />
          </List.Item>
        ))}
      </List>
    </details>
  );
}
