import { Button, Group } from "@mantine/core";
import { Ban, BellPlus, EyeOff, Merge, Split } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { valuesOf } from "@/i18n/words";
import { Section } from "@/ui/section";
import { DecideForm } from "./decide-form";
import { HeldDecisions } from "./held-decisions";
import type { Decision, Kind } from "./queries";

const ICONS = {
  follow: BellPlus,
  merge: Merge,
  split: Split,
  mute: EyeOff,
  not_a_technology: Ban,
} as const;

type TopicDecisionsProps = {
  topic: { slug: string; name: string; spellings: string[] };
  /** Those that hold and concern it. */
  decisions: Decision[];
};

/** What people decided about a topic, and what can be decided. Nothing that was stored changes. */
export function TopicDecisions({ topic, decisions }: TopicDecisionsProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>();
  const others = topic.spellings.filter((spelling) => spelling !== topic.name);
  const isMade = (one: Kind) =>
    one !== "split" && decisions.some((d) => d.kind === one && d.topic === topic.slug);
  const kinds = valuesOf("decision_kind").filter(
    (one) => !isMade(one) && (one !== "split" || others.length > 0),
  );
  return (
    <Section title={t("decide.section")} lead={t("decide.lead")}>
      <HeldDecisions decisions={decisions} />
      <Group gap="xs">
        {kinds.map((one) => {
          const Icon = ICONS[one];
          return (
            <Button
              key={one}
              size="xs"
              variant="default"
              leftSection={<Icon size={14} aria-hidden />}
              aria-expanded={kind === one}
              onClick={() => setKind(kind === one ? undefined : one)}
            >
              {t(`decide.title.${one}`)}
            </Button>
          );
        })}
      </Group>
      {kind && kinds.includes(kind) ? (
        <DecideForm
          key={kind}
          kind={kind}
          topic={{ ...topic, spellings: others }}
          onClose={() => setKind(undefined)}
        />
      ) : null}
    </Section>
  );
}
