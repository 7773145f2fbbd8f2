# How often a word was seen: look WORD
exec grep -w "${1:?which word?}" /usr/share/dictionary/index.txt
