import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "@tests": fileURLToPath(new URL("./tests", import.meta.url)),
    },
  },
  // The server replaces this word by a fresh nonce in every answer that holds the page.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: "../src/nophantom/api/static",
    emptyOutDir: true,
    target: "es2022",
    // Inlined assets would be data: addresses, which the policy allows for images only.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8765" } },
  test: {
    // A browser only where a test says so (`@vitest-environment jsdom`): it takes a second to start.
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    css: false,
    // All files of a worker in one browser: the fifth part of the time. What a test shows is taken down after it.
    isolate: false,
  },
});
