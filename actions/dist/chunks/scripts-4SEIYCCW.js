#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import"./chunk-EAORCH75.js";function completionScript(shell){return scripts[shell]}var bash=`# bash completion for layerkeep
_layerkeep_program() {
  local folder=$PWD
  if [[ \${1##*/} != npx ]]; then printf '%s\\n' "$1"; return; fi
  while [[ -n $folder ]]; do
    if [[ -x $folder/node_modules/.bin/layerkeep ]]; then
      printf '%s\\n' "$folder/node_modules/.bin/layerkeep"
      return
    fi
    folder=\${folder%/*}
  done
  printf 'layerkeep\\n'
}

_layerkeep() {
  local current=\${COMP_WORDS[COMP_CWORD]} first=1 line value
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]##*/} == npx ]]; then
    first=2
    if ((COMP_CWORD < 2)) || [[ \${COMP_WORDS[1]} != layerkeep ]]; then
      ((COMP_CWORD < 2)) && COMPREPLY=($(compgen -W layerkeep -- "$current"))
      compopt -o default 2>/dev/null
      return
    fi
  fi
  while IFS= read -r line; do
    case $line in
      :words) ;;
      :files) compopt -o default 2>/dev/null ;;
      :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "$current")
        ;;
      *) COMPREPLY+=("$(printf '%q' "$line")") ;;
    esac
  done < <("$(_layerkeep_program "\${COMP_WORDS[0]}")" complete bash -- \\
    "\${COMP_WORDS[@]:first:COMP_CWORD-first+1}" 2>/dev/null)
}

complete -F _layerkeep layerkeep
complete -p npx >/dev/null 2>&1 || complete -F _layerkeep npx
`,zsh=`#compdef layerkeep npx

_layerkeep() {
  local program=$words[1] folder=$PWD kind
  local -a lines described
  if [[ \${program:t} == npx ]]; then
    if (( CURRENT < 3 )) || [[ $words[2] != layerkeep ]]; then
      (( CURRENT < 3 )) && compadd layerkeep
      _default
      return
    fi
    shift words
    (( CURRENT -= 1 ))
    program=layerkeep
    while [[ -n $folder ]]; do
      if [[ -x $folder/node_modules/.bin/layerkeep ]]; then
        program=$folder/node_modules/.bin/layerkeep
        break
      fi
      folder=\${folder%/*}
    done
  fi
  lines=("\${(@f)$("$program" complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  kind=$lines[1]
  case $kind in
    :files|:folders)
      compset -P '--*='
      if [[ $kind == :files ]]; then _files; else _files -/; fi
      ;;
    :words)
      described=("\${(@)\${(@)\${(@)lines[2,-1]}//:/\\\\:}/$'\\t'/:}")
      described=("\${(@)described%:}")
      (( $#described )) && _describe -t values layerkeep described
      ;;
  esac
}

if [[ $funcstack[1] == _layerkeep ]]; then
  _layerkeep "$@"
else
  compdef _layerkeep layerkeep npx
fi
`,fish=`# fish completion for layerkeep
function __layerkeep_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l program $words[1]
    if string match --quiet --regex '(^|/)npx$' -- $program
        set --erase words[1]
        set program layerkeep
        set -l folder $PWD
        while test -n "$folder"
            if test -x $folder/node_modules/.bin/layerkeep
                set program $folder/node_modules/.bin/layerkeep
                break
            end
            set folder (string replace --regex '/[^/]*$' '' -- $folder)
        end
    end
    set --erase words[1]
    set -l lines ($program complete fish -- $words "$current" 2>/dev/null)
    set -l flag (string match --regex '^--[^=]+=' -- $current)
    set -l path (string replace --regex '^--[^=]+=' '' -- $current)
    switch "$lines[1]"
        case :files
            for found in (__fish_complete_path $path)
                echo "$flag$found"
            end
        case :folders
            for found in (__fish_complete_directories $path '')
                echo "$flag$found"
            end
        case :words
            test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
    end
end

function __layerkeep_npx
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    test (count $words) -gt 1; and test "$words[2]" = layerkeep
end

complete --command layerkeep --no-files --arguments '(__layerkeep_complete)'
complete --command npx --condition __layerkeep_npx --no-files --arguments '(__layerkeep_complete)'
`,scripts={bash,zsh,fish};export{completionScript};
