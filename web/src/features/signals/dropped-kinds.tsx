import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import styles from "./dropped-kinds.module.css";

/** The two differ in one parameter only, and one of them in not having it. */
const CURRENT = { exact: false, includeSearch: true, explicitUndefined: true };

type DroppedKindsProps = { chosen: string | undefined };

/** The two kinds of what is dropped: topics of a snapshot, items of sources. */
export function DroppedKinds({ chosen }: DroppedKindsProps) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("drops.of")}>
      <ul className={styles.kinds}>
        <li>
          <Link
            to="/drops"
            search={{ snapshot: chosen, of: undefined }}
            className={styles.kind}
            activeOptions={CURRENT}
          >
            {t("drops.candidates")}
          </Link>
        </li>
        <li>
          <Link
            to="/drops"
            search={{ snapshot: chosen, of: "items" }}
            className={styles.kind}
            activeOptions={CURRENT}
          >
            {t("drops.items")}
          </Link>
        </li>
      </ul>
    </nav>
  );
}
