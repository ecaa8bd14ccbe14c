import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "test-results", "src/api/generated"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Advice for the React Compiler, which this app does not use.
      "react-hooks/incompatible-library": "off",
      // Redirects and "not found" are thrown values in TanStack Router.
      "@typescript-eslint/only-throw-error": "off",
      "no-restricted-imports": ["error", { patterns: [{ group: ["../../*"], message: "use the @/ alias" }] }],
    },
  },
  {
    // The widgets know neither the router nor the API, so that they can be moved and tested alone.
    files: ["src/ui/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                "@tanstack/react-router",
                "@tanstack/react-query",
                "@/api/*",
                "@/features/*",
                "@/paths",
              ],
            },
          ],
        },
      ],
    },
  },
  {
    // Pure functions: no React, no browser state.
    files: ["src/lib/**", "src/model/**"],
    rules: {
      // Walks over arrays by index stay inside bounds that the types cannot see.
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["react", "react-dom", "@/ui/*", "@/features/*", "@/api/*"] }] },
      ],
    },
  },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
);
