tail -n 3 /usr/share/worker/logarithms.txt
