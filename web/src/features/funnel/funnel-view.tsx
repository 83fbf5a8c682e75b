import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { Question } from "@/ui/question";
import styles from "./funnel-view.module.css";
import { PartRow } from "./part-row";
import { partsOf } from "./parts";
import { funnelQuery, type Stage } from "./queries";

type FunnelViewProps = {
  snapshot: number;
  /** As the address says it: links keep it. */
  chosen: string | undefined;
};

/** Every stage of the way with its parts: what went on, and what did not and why. */
export function FunnelView({ snapshot, chosen }: FunnelViewProps) {
  const { t } = useTranslation();
  const query = useQuery(funnelQuery(snapshot));
  return (
    <Question label={t("funnel.title")} query={query} height={900}>
      {(funnel) => (
        <ol className={styles.stages}>
          {funnel.stages.map((stage) => (
            <li key={stage.stage}>
              <StageView stage={stage} chosen={chosen} />
            </li>
          ))}
        </ol>
      )}
    </Question>
  );
}

function StageView({ stage, chosen }: { stage: Stage; chosen: string | undefined }) {
  const { t } = useTranslation();
  const word = useWord();
  const name = word("funnel_stage", stage.stage);
  return (
    <section aria-label={name} className={styles.stage}>
      <div>
        <h2 className={styles.name}>{name}</h2>
        <p className={styles.total}>{count(stage.total)}</p>
        <Text size="sm" c="dimmed">
          {t(`funnel.means.${stage.stage}`)}
        </Text>
      </div>
      {stage.total === null ? (
        <Text>{t("funnel.none")}</Text>
      ) : (
        <ul className={styles.parts}>
          {partsOf(stage).map((part) => (
            <PartRow key={part.key} stage={stage} part={part} chosen={chosen} />
          ))}
        </ul>
      )}
    </section>
  );
}
