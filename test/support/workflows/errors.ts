/** Why GitHub would not start a workflow, or why this runner cannot run it as GitHub does. */
export class WorkflowError extends Error {
  override readonly name = "WorkflowError";
}
