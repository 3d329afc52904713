// The program: everything is in cli/, which this only calls.
int main() { return 2; }
