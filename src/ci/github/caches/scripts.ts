/* What steps of jobs with caches run, in the bash 3.2 of macOS as in newer ones. */

/** Passes the variables in `NAMES` on to later steps. */
export const placesScript = `for name in $NAMES; do
  echo "$name=\${!name}" >> "$GITHUB_ENV"
done
`;

export const homebrewScript = `echo "prefix=$(brew --prefix)" >> "$GITHUB_OUTPUT"
echo "image=\${ImageOS:-$(uname -s)-$(uname -r)}" >> "$GITHUB_OUTPUT"
`;

/**
 * Links the formulas whose folders were restored before anything is installed, which may need them,
 * and then installs what is missing. A formula that is not to be linked is found by its link in
 * \`opt\`, which may not have been restored.
 */
export const installScript = `for formula in $KEPT; do
  if [ -d "$PREFIX/Cellar/$formula" ]; then
    if [ ! -e "$PREFIX/opt/$formula" ]; then
      mkdir -p "$PREFIX/opt"
      ln -sfn "../Cellar/$formula/$(ls "$PREFIX/Cellar/$formula" | tail -n 1)" "$PREFIX/opt/$formula"
    fi
    brew link --overwrite "$formula" || echo "::notice::$formula is not linked"
  fi
done
brew install --formula $(brew deps --union $FORMULAS) $FORMULAS
`;

export const ccacheScript = `if ! command -v ccache > /dev/null; then
  echo "::warning::ccache is not installed, so its cache is not used"
  exit 0
fi
echo "CMAKE_C_COMPILER_LAUNCHER=ccache" >> "$GITHUB_ENV"
echo "CMAKE_CXX_COMPILER_LAUNCHER=ccache" >> "$GITHUB_ENV"
ccache --version | head -n 1
ccache --zero-stats
`;

export const statsScript = `if command -v ccache > /dev/null; then ccache --show-stats; fi
`;
