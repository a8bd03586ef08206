// zita_realtime TAPS BLOCK PLAY_S OPTIONS: zita-convolver as `convolve_realtime` drives ours. OPTIONS 1 = vector mode.
#include <zita-convolver.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

static const double rate_hz = 48000.0;
static const int period = 1024;

static double seconds(clockid_t clock)
{
    timespec t;
    clock_gettime(clock, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

static float noise(uint32_t &state)
{
    state = state * 1664525u + 1013904223u;
    return float(state >> 8) / 8388608.0f - 1.0f;
}

int main(int count, char **argument)
{
    if (count != 5) return 2;
    const int taps = atoi(argument[1]), block = atoi(argument[2]);
    const long blocks = long(atof(argument[3]) * rate_hz) / block;
    Convproc convolver;
    convolver.set_options(unsigned(atoi(argument[4])));
    if (convolver.configure(2, 2, taps, block, block, Convproc::MAXPART, 0.0f)) return 1;
    for (int path = 0; path < 4; path++) {
        uint32_t state = 1 + path;
        std::vector<float> response(taps);
        for (int n = 0; n < taps; n++) response[n] = 0.01f * noise(state) * std::exp(-6.9f * n / taps);
        convolver.impdata_create(path / 2, path % 2, 1, response.data(), 0, taps);
    }
    convolver.start_process(0, SCHED_OTHER);

    std::vector<double> least(period, 1e9);
    uint32_t state = 1;
    float heard = 0.0f;
    const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long turn = 0; turn < blocks; turn++) {
        for (int n = 0; n < block; n++)
            for (int channel = 0; channel < 2; channel++) convolver.inpdata(channel)[n] = noise(state);
        const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        convolver.process(true);
        const double took = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
        if (turn >= period) least[turn % period] = std::min(least[turn % period], took);
        heard += convolver.outdata(0)[0] + convolver.outdata(1)[block - 1];
    }
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    const double worst = *std::max_element(least.begin(), least.end());
    printf("zita-convolver %.1f ns/frame (all threads, with the driver), worst block of the audio thread %.1f us = %.4f of the deadline [%g]\n",
           cpu * 1e9 / (double(blocks) * block), worst * 1e6, worst * rate_hz / block, heard);
    convolver.stop_process();
    convolver.cleanup();
}
