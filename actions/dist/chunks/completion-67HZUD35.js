#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{UsageError}from"./chunk-MKMHPMIM.js";import"./chunk-EAORCH75.js";function renderCompletion(shell,program){let words=wordsOf(program,[program.name()]);switch(shell){case"bash":return renderBash(words);case"zsh":return`#compdef layerkeep
autoload -U +X bashcompinit && bashcompinit
${renderBash(words)}`;case"fish":return renderFish(words);default:throw new UsageError(`no completion script for the shell "${shell}"`,{hint:"use bash, zsh or fish"})}}function wordsOf(command,path){return[{path,commands:command.commands.map(child=>({name:child.name(),description:child.description()})),flags:command.options.flatMap(({long,description})=>long===void 0?[]:[{long,description}])},...command.commands.flatMap(child=>wordsOf(child,[...path,child.name()]))]}function renderBash(all){let cases=all.map(({path,commands,flags})=>{let words=[...commands.map(({name})=>name),...flags.map(({long})=>long)].join(" ");return`    "${path.join(" ")}") words="${words}" ;;`});return`_layerkeep() {
  local path=layerkeep words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${all.slice(1).map(({path})=>`      "${path.join(" ")}") path="${path.join(" ")}" ;;`).join(`
`)}
    esac
  done
  case "$path" in
${cases.join(`
`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _layerkeep layerkeep
`}function renderFish(all){return`${all.flatMap(({path,commands,flags})=>{let[,...below]=path,when=below.length===0?"__fish_use_subcommand":`__fish_seen_subcommand_from ${below.at(-1)??""}`;return[...commands.map(({name,description})=>`complete -c layerkeep -n '${when}' -f -a ${name} -d '${quote(description)}'`),...flags.map(({long,description})=>`complete -c layerkeep -n '${when}' -l ${long.slice(2)} -d '${quote(description)}'`)]}).join(`
`)}
`}function quote(text){return text.replaceAll("'","\\'")}export{renderCompletion};
