import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useWord, valuesOf } from "@/i18n/words";
import { usePatchSearch } from "@/ui/search-params";
import { Section } from "@/ui/section";
import styles from "./advice.module.css";
import type { Recommendation } from "./queries";
import { RecommendationView } from "./recommendation-view";
import { type Role, remember, roleOf } from "./role";

type AdviceProps = {
  /** One for each role. */
  recommendations: Recommendation[];
  /** As the address says it. */
  role: Role | undefined;
  simulated: boolean;
};

/** What each role should do about a topic. */
export function Advice({ recommendations, role, simulated }: AdviceProps) {
  const { t } = useTranslation();
  const chosen = roleOf(role);
  const one = recommendations.find((each) => each.role === chosen);
  if (recommendations.length === 0) return null;
  return (
    <Section title={t("advice.title")} lead={one ? t("advice.lead") : undefined}>
      <Roles recommendations={recommendations} chosen={chosen} />
      {one ? <RecommendationView recommendation={one} simulated={simulated} /> : null}
    </Section>
  );
}

type RolesProps = { recommendations: Recommendation[]; chosen: Role };

/** Every role with what it should do, in a word; the chosen one is told in full below. */
function Roles({ recommendations, chosen }: RolesProps) {
  const { t } = useTranslation();
  const word = useWord();
  const patch = usePatchSearch();
  const choose = (role: Role) => {
    remember(role);
    void patch({ role }, { replace: true, samePage: true });
  };
  return (
    <fieldset className={styles.roles}>
      <legend className={styles.legend}>{t("advice.roles")}</legend>
      {valuesOf("role").map((role) => {
        const of = recommendations.find((each) => each.role === role);
        return of ? (
          <button
            key={role}
            type="button"
            className={styles.role}
            aria-pressed={role === chosen}
            onClick={() => choose(role)}
          >
            {word("role", role)}
            <Text span size="sm" c="dimmed" display="block">
              {of.action ? word("action", of.action) : t("advice.nothing")}
            </Text>
          </button>
        ) : null;
      })}
    </fieldset>
  );
}
