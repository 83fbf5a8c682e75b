import { Code } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { ExternalLink } from "@/ui/external-link";
import { PageLink } from "@/ui/link";
import styles from "./advice.module.css";
import { namedDocumentQuery, type Recommendation } from "./queries";
import { TrackRecord } from "./track-record";

type RecommendationViewProps = { recommendation: Recommendation; simulated: boolean };

/** One role's action with its claim, or the reason why there is none. */
export function RecommendationView({ recommendation, simulated }: RecommendationViewProps) {
  const { t } = useTranslation();
  const word = useWord();
  const { action, no_action, why, rule, documents, hidden_by, withdrawn_on } = recommendation;
  return (
    <dl className={styles.facts}>
      <Fact name={t("advice.do")}>
        <span className={styles.action}>
          {action
            ? word("action", action)
            : t("advice.noAction", {
                reason: no_action ? word("no_action", no_action) : t("format.unknown"),
              })}
        </span>
      </Fact>
      <Fact name={t("advice.why")}>
        {why ?? t("advice.oldRule")} <Code>{rule}</Code>
      </Fact>
      {action ? <Claimed of={recommendation} /> : null}
      {documents.length > 0 ? (
        <Fact name={t("advice.documents")}>
          <ul className="np-plain-list">
            {documents.map((id) => (
              <NamedDocument key={id} id={id} />
            ))}
          </ul>
        </Fact>
      ) : null}
      {action ? <TrackRecord of={recommendation} simulated={simulated} /> : null}
      {withdrawn_on ? (
        <Fact name={t("advice.withdrawn")}>
          {t("advice.withdrawnOn", { day: day(withdrawn_on) })}
        </Fact>
      ) : null}
      {hidden_by === null ? null : (
        <Fact name={t("advice.hidden")}>{t("advice.hiddenBy", { number: hidden_by })}</Fact>
      )}
    </dl>
  );
}

/** What will be so, when it is checked, and what came of it. */
function Claimed({ of }: { of: Recommendation }) {
  const { t } = useTranslation();
  const word = useWord();
  const { claim, says, check_on, score, checked_on } = of;
  return (
    <>
      <Fact name={t("advice.claim")}>
        {says ?? (claim ? word("claim_kind", claim) : t("format.unknown"))}
      </Fact>
      <Fact name={t("advice.score")}>
        {score
          ? t("advice.scored", { score: word("claim_score", score), day: day(checked_on) })
          : t("advice.unscored", { day: day(check_on) })}
      </Fact>
    </>
  );
}

/** Its title and address once they are known; its id until then, and where it is not kept. */
function NamedDocument({ id }: { id: string }) {
  const { data } = useQuery(namedDocumentQuery(id));
  return (
    <li>
      {data?.url ? (
        <ExternalLink href={data.url}>{data.title || id}</ExternalLink>
      ) : (
        (data?.title ?? null)
      )}{" "}
      <PageLink to="/documents/$id" params={{ id }}>
        <Code>{id}</Code>
      </PageLink>
    </li>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
