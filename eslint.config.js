import tseslint from "typescript-eslint";

export default tseslint.config(
  // The thread's file is JavaScript, outside the TypeScript project that the rules need.
  {
    ignores: [
      "dist/**",
      "actions/dist/**",
      "coverage/**",
      "eslint.config.js",
      "src/server/access/passwords/bcrypt-worker.js",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-console": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Reading a key that may be missing is what noUncheckedIndexedAccess is for.
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export by name." },
        { selector: "TSEnumDeclaration", message: "Use a union of literals." },
      ],
    },
  },
  {
    // The edges: only they may speak to the console, argv and the environment.
    files: ["src/cli/**", "src/action/**", "scripts/**", "bench/**", "test/**", "*.config.ts"],
    rules: { "no-console": "off" },
  },
  {
    files: ["*.config.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
);
