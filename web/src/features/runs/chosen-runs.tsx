import { ActionIcon, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { runQuery } from "@/api/run-query";
import type { Shape } from "@/api/shapes";
import { ButtonLink } from "@/ui/link";
import { type Choice, isApart, isFull, problemSetsOf } from "./choice";
import styles from "./runs.module.css";

type Run = Shape<"RunDetailOut">;
type ChosenRunsProps = { choice: Choice; onToggle: (reference: string) => void };

/** The two places of a comparison, always in sight above the list, and the way to it. */
export function ChosenRuns({ choice, onToggle }: ChosenRunsProps) {
  const { t } = useTranslation();
  const first = useChosen(choice.first);
  const second = useChosen(choice.second);
  const apart = first.data && second.data ? isApart(first.data, second.data) : false;
  return (
    <section className={styles.tray} aria-label={t("runs.choose.title")}>
      <Place
        label={t("runs.choose.first")}
        reference={choice.first}
        run={first}
        onToggle={onToggle}
      />
      <Place
        label={t("runs.choose.second")}
        reference={choice.second}
        run={second}
        onToggle={onToggle}
      />
      <Go choice={choice} stopped={apart} />
      <Text size="sm" role="status" className={styles.note} c={apart ? "red" : "dimmed"}>
        {apart && first.data && second.data
          ? t("runs.choose.apart", {
              first: sets(first.data),
              second: sets(second.data),
            })
          : isFull(choice)
            ? t("runs.choose.full")
            : t("runs.choose.advice")}
      </Text>
    </section>
  );
}

type Found = { data: Run | undefined; error: Error | null };

function useChosen(reference: string | undefined): Found {
  return useQuery({ ...runQuery(reference ?? ""), enabled: reference !== undefined });
}

function sets(run: Run): string {
  return `${run.reference}: ${problemSetsOf(run).join(", ")}`;
}

type PlaceProps = {
  label: string;
  reference: string | undefined;
  run: Found;
  onToggle: (reference: string) => void;
};

function Place({ label, reference, run, onToggle }: PlaceProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.place}>
      <div>
        <Text span size="xs" c="dimmed" display="block">
          {label}
        </Text>
        {reference === undefined ? (
          <Text span size="sm" c="dimmed">
            {t("runs.choose.free")}
          </Text>
        ) : (
          <Text span size="sm" className={styles.chosen} title={run.data?.name}>
            <strong>{reference}</strong> {run.data?.name ?? run.error?.message}
          </Text>
        )}
      </div>
      {reference === undefined ? null : (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("runs.choose.remove", { run: reference })}
          onClick={() => onToggle(reference)}
        >
          <X size={16} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}

function Go({ choice, stopped }: { choice: Choice; stopped: boolean }) {
  const { t } = useTranslation();
  const icon = <ArrowLeftRight size={16} aria-hidden />;
  if (stopped || !isFull(choice))
    return (
      <Button disabled leftSection={icon}>
        {t("runs.choose.compare")}
      </Button>
    );
  const { first, second } = choice;
  return (
    <ButtonLink to="/compare" search={{ first, second }} leftSection={icon}>
      {t("runs.choose.compare")}
    </ButtonLink>
  );
}
