import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { PageLink } from "@/ui/link";
import styles from "./funnel.module.css";
import type { Snapshot } from "./queries";

/** How many documents became how many signals, and where everything else went. */
export function Funnel({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation();
  const steps = [
    { held: snapshot.n_documents, name: t("snapshot.funnel.documents") },
    {
      held: snapshot.n_stories,
      name: t("snapshot.funnel.stories"),
      note: t("snapshot.funnel.storiesNote"),
    },
    {
      held: snapshot.n_topics,
      name: t("snapshot.funnel.topics"),
      note: t("snapshot.funnel.topicsNote", { below: count(snapshot.below_support) }),
    },
    { held: snapshot.candidates, name: t("snapshot.funnel.candidates") },
  ];
  const ends = [
    { to: "/signals", held: snapshot.signals, name: t("snapshot.funnel.signals") },
    { to: "/watchlist", held: snapshot.watch, name: t("snapshot.funnel.watch") },
    { to: "/drops", held: snapshot.drops, name: t("snapshot.funnel.drops") },
  ] as const;
  return (
    <ol className={styles.funnel} aria-label={t("snapshot.funnel.label")}>
      {steps.map(({ held, name, note }) => (
        <li key={name} className={styles.step}>
          <span className={styles.held}>{count(held)}</span> <span>{name}</span>
          {note ? <span className={styles.note}>{note}</span> : null}
        </li>
      ))}
      <li className={styles.step} data-last>
        <ul className={styles.ends}>
          {ends.map(({ to, held, name }) => (
            <li key={to}>
              <span className={styles.held}>{count(held)}</span> <PageLink to={to}>{name}</PageLink>
            </li>
          ))}
        </ul>
      </li>
    </ol>
  );
}
