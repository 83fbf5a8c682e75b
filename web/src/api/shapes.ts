import type { components } from "./schema";

/** A shape that the API sends, by its name in openapi.json: `Shape<"SignalOut">`. */
export type Shape<Name extends keyof components["schemas"]> = components["schemas"][Name];
