// How the TypeScript client is made: DOCUMENT and OUT come from ops/sdk.
export default {
  input: process.env.DOCUMENT,
  output: { path: process.env.OUT, module: { extension: ".js" } },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
  logs: { file: false },
};
