import type { Shape } from "@/api/shapes";
import type { Study } from "./queries";

export type PlannedClaim = {
  first: string;
  second: string;
  claim: { direction: Shape<"Direction">; delta: number; alpha: number };
};

/** The claims of a plan; imported logs have none. What is no claim is left out: the plan is the server's text. */
export function claimsOf({ plan }: Pick<Study, "plan">): PlannedClaim[] {
  const { claims } = plan as { claims?: unknown };
  return Array.isArray(claims) ? claims.filter(isClaim) : [];
}

function isClaim(told: unknown): told is PlannedClaim {
  const { first, second, claim } = (told ?? {}) as Partial<PlannedClaim>;
  return typeof first === "string" && typeof second === "string" && typeof claim === "object";
}

/** How many seeds and which checkpoints were set out; of imported logs nobody wrote that down. */
export function plannedOf({ plan }: Pick<Study, "plan">): {
  seeds: number | null;
  steps: number[];
} {
  const { seeds, steps } = plan as { seeds?: unknown; steps?: unknown };
  return {
    seeds: Array.isArray(seeds) ? seeds.length : null,
    steps: Array.isArray(steps) ? steps.filter((step) => typeof step === "number") : [],
  };
}

/** Whether the arms combine factors, and whether they were trained here, so that models were measured. */
export function partsOf({ plan }: Pick<Study, "plan">): { factors: boolean; lab: boolean } {
  const { factors, recipes } = plan as { factors?: unknown; recipes?: unknown };
  return { factors: isFilled(factors), lab: isFilled(recipes) };
}

function isFilled(told: unknown): boolean {
  return typeof told === "object" && told !== null && Object.keys(told).length > 0;
}
