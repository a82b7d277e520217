#include "options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>

#include "base/input_file.h"

namespace perceiver {
namespace {

const char* const kExamples = R"(Examples:
  perceiverscope dog.jpg                                 look at a picture; sounds, films and clouds likewise
  perceiverscope --headless *.jpg --json findings.json   all answers and maps' findings as JSON
  perceiverscope --headless rain.opus --start 20 --report rain.pdf --permute 7
  perceiverscope --headless chair.off --map map.npy --cross-attend 2 --latent 12
  perceiverscope --headless photos/ --jsonl photos.jsonl --shard 1/4
  perceiverscope --headless test/ --confusion confusion.png    accuracy, where folders are named after classes
  perceiverscope --headless ship.jpg --permute 7 --rivals
  perceiverscope --headless test/ --permute 0 --seeds 20 --arm all --rivals --csv shuffles.csv
  perceiverscope --headless dog.jpg --lab cost
  perceiverscope dog.jpg --model hub:deepmind/vision-perceiver-fourier
  perceiverscope dog.jpg --permute 7 --screenshot window.png --size 1440x900

Exit codes: 0 all done, 1 some inputs failed, 2 usage, 3 input unreadable, 4 model unreadable,
5 model and input don't fit, 6 out of memory, disk or a limit, 130 cancelled.)";

/// A whole number of at least `least`; `word` stands for -1.
int number_or(const std::string& option, const std::string& text, const std::string& word, int least) {
    if (text == word) return -1;
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value < least)
        throw Error(ErrorCode::usage, option + " takes " + word + " or a number from " +
                                          std::to_string(least) + ", not " + text + ".");
    return value;
}

/// "2/8": the second of eight shares.
api::Shard read_shard(const std::string& text) {
    api::Shard shard;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, shard.index);
    const bool half = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
    const auto second = half ? std::from_chars(first.ptr + 1, end, shard.count) : first;
    if (!half || second.ec != std::errc() || second.ptr != end || shard.index < 1 || shard.index > shard.count)
        throw Error(ErrorCode::usage, "--shard takes I/N, the I-th of N shares, such as 1/4, not " + text + ".");
    return shard;
}

void read_size(const std::string& text, Options& o) {
    const auto cross = text.find('x');
    const auto side = [&](const std::string& part) {
        int value = 0;
        const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), value);
        const bool whole = failed == std::errc() && end == part.data() + part.size();
        if (cross == std::string::npos || !whole || value < 100 || value > 10'000)
            throw Error(ErrorCode::usage, "--size takes WIDTHxHEIGHT, such as 1440x900, not " + text + ".");
        return value;
    };
    o.width = side(text.substr(0, cross));
    o.height = side(cross == std::string::npos ? std::string() : text.substr(cross + 1));
}

/// "pixels=200000000"
void read_limit(const std::string& text, Limits& limits) {
    const std::pair<const char*, std::int64_t*> known[] = {
        {"pixels", &limits.pixels},         {"side", &limits.side},
        {"seconds", &limits.seconds},       {"points", &limits.points},
        {"file-bytes", &limits.file_bytes}, {"decoded-bytes", &limits.decoded_bytes},
        {"model-bytes", &limits.model_bytes}};
    const auto equals = text.find('=');
    for (const auto& [name, limit] : known) {
        if (text.substr(0, equals) != name || equals == std::string::npos) continue;
        const char* const last = text.data() + text.size();
        const auto [end, failed] = std::from_chars(text.data() + equals + 1, last, *limit);
        if (failed == std::errc() && end == last && *limit > 0) return;
        throw Error(ErrorCode::usage, "--limit " + std::string(name) + "= takes a whole number above 0, not \"" +
                                          text.substr(equals + 1) + "\".");
    }
    std::string names;
    for (const auto& entry : known) names += std::string(names.empty() ? "" : ", ") + entry.first;
    throw Error(ErrorCode::usage, "--limit takes NAME=NUMBER, NAME one of " + names + "; not \"" + text + "\".");
}

std::uint64_t read_seed(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        throw Error(ErrorCode::usage, "--permute takes a seed, a whole number, not " + text + ".");
    return value;
}

/// The JSON object itself, or a file that holds it. What is in it is for the model's reader to judge.
std::string read_hyperparameters(const std::string& given) {
    const auto first = given.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && given[first] == '{') return given;
    constexpr std::int64_t most = 1 << 20;
    InputFile file(given, ErrorCode::usage);
    if (file.size() > most)
        throw Error(ErrorCode::usage, "--hyperparameters: " + given + " is larger than any model's.");
    std::vector<std::uint8_t> bytes;
    file.append(bytes, file.size());
    return {bytes.begin(), bytes.end()};
}

}  // namespace

Options read_options(int argc, const char* const* argv) {
    Options o;
    CLI::App app("See where every latent of a Perceiver looks, at every cross-attend.", "perceiverscope");
    app.footer(kExamples);
    app.get_formatter()->column_width(34);
    std::string cross = "all", latent = "mean", head = "mean", scale = "probability", arm, along, attend = "auto",
                precision = "float32", device = "cpu", size, seed, shard, lab, up, turn, hyperparameters;
    std::vector<std::string> limits;
    app.add_option("FILE", o.work.inputs,
                   "pictures (JPEG, PNG, WebP, BMP, GIF, TIFF, AVIF), sounds (WAV, FLAC, MP3, Ogg, Opus, AAC, "
                   "AIFF), films (MP4, MOV, MKV, WebM, AVI, MPEG, moving GIF and WebP), clouds and meshes (PLY, PCD, "
                   "OFF, OBJ, STL, "
                   "glTF, XYZ, CSV, NPY); without a window also folders of them")
        ->option_text("FILE|FOLDER...");
    app.add_flag("--headless", o.headless, "no window: results to files and standard output");
    app.add_option("--model", o.work.model, "a bundled model's name, your own checkpoint (file or folder), "
                   "or a published model, fetched once")
        ->option_text("ID|PATH|hub:OWNER/NAME");
    app.add_option("--hyperparameters", hyperparameters,
                   "what perceiver-pytorch's Perceiver(...) was called with, where no file beside the weights says so")
        ->option_text("JSON|FILE");
    app.add_option("--report", o.work.report,
                   "the slide: input, a map per cross-attend, predictions (implies --headless)")
        ->option_text("OUT.png|svg|pdf");
    app.add_option("--json", o.work.json, "findings as JSON; - is standard output (implies --headless)")
        ->option_text("OUT|-");
    app.add_option("--jsonl", o.work.jsonl,
                   "findings as JSON, one line a file; files already in it are skipped (implies --headless)")
        ->option_text("OUT|-");
    app.add_option("--shard", shard, "only one of N equal shares of all files; headless")->option_text("I/N");
    app.add_option("--confusion", o.work.confusion,
                   "the confusion matrix of a folder of class folders, as a picture (implies --headless)")
        ->option_text("OUT.png|svg|pdf");
    app.add_option("--map", o.work.map, "maps as a picture or as numbers (implies --headless)")
        ->option_text("OUT.png|npy");
    app.add_option("--cross-attend", cross, "which cross-attend, from 1 (default: all; the window shows 1)")
        ->option_text("K|all");
    app.add_option("--latent", latent, "one latent, from 0, or their mean (default)")->option_text("N|mean");
    app.add_option("--head", head, "one head, from 0, or their mean (default); headless")
        ->option_text("H|mean");
    app.add_option("--scale", scale, "after the softmax (default) or before it")
        ->option_text("probability|logit")
        ->check(CLI::IsMember({"probability", "logit"}));
    app.add_option("--start", o.work.start, "seconds into a sound or film at which the model's window begins")
        ->option_text("SECONDS")
        ->check(CLI::Range(0.0, 1e7));
    app.add_option("--up", up, "the axis of a cloud or mesh that is up (default: y of glTF and OBJ, else z)")
        ->option_text("x|y|z")
        ->check(CLI::IsMember({"x", "y", "z"}));
    app.add_option("--turn", turn,
                   "degrees about it, or where the model is surest (default: that for glTF, OBJ and STL, else 0)")
        ->option_text("0|90|180|270|surest")
        ->check(CLI::IsMember({"0", "90", "180", "270", "surest"}));
    app.add_option("--lab", lab,
                   "in place of the answer: what the run costs, how alike the positions are, or what each sense "
                   "answers alone (implies --headless)")
        ->option_text("cost|positions|senses")
        ->check(CLI::IsMember({"cost", "positions", "senses"}));
    app.add_option(
           "--evidence", o.work.evidence,
           "what spoke for a class (a name, an index, or answer), with deletion curves, in the findings; headless")
        ->option_text("CLASS");
    app.add_option("--permute", seed, "shuffle the input with this seed and ask again")->option_text("SEED");
    app.add_option("--block", o.work.block, "shuffle tiles of so many elements a side; headless")
        ->option_text("B")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--fraction", o.work.fraction, "shuffle so many of them, 0 to 1; headless")
        ->option_text("F")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--shuffle", along,
                   "of a film: every element (default), whole frames, or patches, alike in every frame; headless")
        ->option_text("both|frames|patches")
        ->check(CLI::IsMember({"both", "frames", "patches"}));
    app.add_option("--seeds", o.work.seeds,
                   "shuffle every file with so many seeds, from --permute's on, and count; headless")
        ->option_text("N")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--csv", o.work.csv,
                   "how often answers stay and are right under the shuffles, a line for each model and arm (implies "
                   "--headless)")
        ->option_text("OUT|-");
    app.add_option("--arm", arm,
                   "positions travel with what is shuffled, stay, or are taken away, or a cloud's points move a "
                   "little; default: the first two")
        ->option_text("travel|stay|none|jitter|all")
        ->check(CLI::IsMember({"travel", "stay", "none", "jitter", "all"}));
    app.add_flag("--rivals", o.work.rivals,
                 "show a ResNet, a ViT and a Transformer the same shuffle of a picture (implies --headless)");
    app.add_option("--attend", attend, "how cross-attends are computed; the result is the same")
        ->option_text("auto|dense|separable")
        ->check(CLI::IsMember({"auto", "dense", "separable"}));
    app.add_option("--precision", precision,
                   "of the products: bfloat16 is faster where the processor has it, and less exact")
        ->option_text("float32|bfloat16")
        ->check(CLI::IsMember({"float32", "bfloat16"}));
    app.add_option("--threads", o.threads, "processors to use (default: all)")
        ->option_text("T")
        ->check(CLI::Range(1, 1024));
    app.add_option("--limit", limits, "largest input taken in: pixels, side, seconds, points, file-bytes, "
                   "decoded-bytes, model-bytes; may be given several times")
        ->option_text("NAME=NUMBER")
        ->allow_extra_args(false);
    app.add_option("--device", device, "what computes")->option_text("cpu|cuda")->check(CLI::IsMember({"cpu", "cuda"}));
    app.add_flag("--list-models", o.list_models, "the bundled and the published models, and leave");
    app.add_flag("--table", o.table,
                 "the paper's Table 2 beside ours: what a shuffle of the pixels costs whom, and leave");
    app.add_flag("--model-info", o.model_info, "the card of --model or of the default, and leave");
    app.add_option("--screenshot", o.screenshot,
                   "open the window, save a picture of it, leave; needs no display")
        ->option_text("OUT.png");
    app.add_option("--size", size, "of the window")->option_text("WxH");
    app.add_option("--theme", o.theme, "of the window (default: the desktop's)")
        ->option_text("dark|light")
        ->check(CLI::IsMember({"dark", "light"}));
    app.add_flag("--startup-times", o.startup_times,
                 "seconds from the start to the window, the engine, the result");
    app.add_flag("--version", o.version, "the version, and which kernels run");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        o.help = app.help();
        return o;
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorCode::usage, std::string(error.what()) + ". See --help.");
    }
    o.work.cross_attend = number_or("--cross-attend", cross, "all", 1);
    if (o.work.cross_attend > 0) --o.work.cross_attend;
    o.work.latent = number_or("--latent", latent, "mean", 0);
    o.work.head = number_or("--head", head, "mean", 0);
    o.work.scale = scale == "logit" ? api::Scale::logit : api::Scale::probability;
    if (!along.empty())
        o.work.along = along == "frames"    ? api::Along::frames
                       : along == "patches" ? api::Along::patches
                                            : api::Along::both;
    if (arm == "all") o.work.arms = {api::Arm::travel, api::Arm::stay, api::Arm::none, api::Arm::jitter};
    else if (!arm.empty())
        o.work.arms = {arm == "travel" ? api::Arm::travel
                       : arm == "stay" ? api::Arm::stay
                       : arm == "none" ? api::Arm::none
                                       : api::Arm::jitter};
    o.work.attend = attend == "dense"       ? api::Attend::dense
                    : attend == "separable" ? api::Attend::separable
                                            : api::Attend::automatic;
    if (precision == "bfloat16") o.precision = api::Precision::bfloat16;
    if (device == "cuda") o.device = api::Device::cuda;
    if (!lab.empty())
        o.work.lab = lab == "cost" ? api::Lab::cost : lab == "senses" ? api::Lab::senses : api::Lab::positions;
    if (!up.empty()) o.work.pose.up = up == "x" ? api::Pose::Up::x : up == "y" ? api::Pose::Up::y : api::Pose::Up::z;
    if (!turn.empty()) o.work.pose.quarters = turn == "surest" ? api::Pose::surest : std::stoi(turn) / 90;
    if (!shard.empty()) o.work.shard = read_shard(shard);
    if (!hyperparameters.empty()) o.work.hyperparameters = read_hyperparameters(hyperparameters);
    for (const std::string& limit : limits) read_limit(limit, o.limits);
    if (!seed.empty()) o.work.permute = read_seed(seed);
    if (!size.empty()) read_size(size, o);
    for (const auto& result :
         {o.work.report, o.work.json, o.work.jsonl, o.work.confusion, o.work.map, o.work.csv, shard, lab})
        o.headless = o.headless || !result.empty();
    o.headless = o.headless || o.work.rivals || o.work.seeds > 1;
    return o;
}

}  // namespace perceiver
