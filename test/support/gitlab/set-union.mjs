// gitlab-ci-local calls Set.prototype.union, which Node 20 lacks.
Set.prototype.union ??= function union(other) {
  return new Set([...this, ...other.keys()]);
};
