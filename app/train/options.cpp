#include "options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"

namespace perceiver {
namespace {

const char* const kExamples = R"(Examples:
  perceiverscope-train pack ../shared/data/cifar10 cifar10.pack
  perceiverscope-train pack esc50 esc50.pack --table esc50/esc50.csv --columns filename,category,fold --test 5
  perceiverscope-train pack spoken_digits digits.pack --pattern '^([0-9])_' --rate 8000 --seconds 1.28
  perceiverscope-train train --recipe recipes/image-cifar10-fourier-first.json --train cifar10.pack --out runs/cifar10
  perceiverscope-train train --recipe recipes/image-cifar10-fourier-first.json --train cifar10.pack --out runs/cifar10 --resume
  perceiverscope-train evaluate runs/cifar10/model.safetensors cifar10.pack --record
  perceiverscope-train evaluate --all
  perceiverscope-train plot runs/cifar10 curves.png
  perceiverscope-train card runs/cifar10/model.safetensors
  perceiverscope-train convert vision-perceiver-fourier perceiver.safetensors

Exit codes: 0 done, 2 usage, 3 data or recipe unreadable, 4 model or checkpoint unreadable, 5 model and data don't
fit, 6 out of memory, disk or a limit, or the loss was not a number, 130 stopped.)";

void add_pack(CLI::App& app, Options& o) {
    auto* c = app.add_subcommand("pack", "decode a data set once, into one file");
    c->add_option(
         "IN", o.input,
         "a folder of class folders of pictures, sounds, films or clouds, of splits of them, or of archives of them "
         "(train.tar.gz, test.tar.gz: then of nothing else in it); one archive; a folder of arrays (SPLIT_points.npy, "
         "SPLIT_labels.npy)")
        ->required();
    c->add_option("OUT", o.output, "the pack")->required();
    c->add_option("--labels", o.labels,
                  "a name a line, in the order of the logits (default: IN/classes.txt, else sorted)")
        ->option_text("FILE");
    c->add_option("--split", o.split, "name of the split, where IN doesn't say (default: train)")
        ->option_text("NAME");
    c->add_option("--size", o.size, "crop and scale every picture to this side; of films, the longer side")
        ->option_text("PIXELS")
        ->check(CLI::Range(1, 4096));
    c->add_option("--seconds", o.seconds, "cut or fill up every sound or film to this length (default: 5)")
        ->option_text("S")
        ->check(CLI::Range(0.001, 3600.0));
    c->add_option("--rate", o.rate, "samples a second of the sounds (default: 16000)")
        ->option_text("HZ")
        ->check(CLI::Range(1000, 192000));
    c->add_option("--fps", o.frame_rate, "frames a second of the films (default: 25)")
        ->option_text("N")
        ->check(CLI::Range(0.01, 1000.0));
    c->add_flag("--grey", o.grey, "of films keep luma alone, a third of the size");
    c->add_option("--points", o.points, "points of every cloud or surface (default: 1024)")
        ->option_text("N")
        ->check(CLI::Range(1, 1 << 20));
    c->add_option("--only", o.only, "this split alone")->option_text("SPLIT");
    c->add_option("--sample", o.sample, "so many examples of every split, chosen at random and always the same")
        ->option_text("N")
        ->check(CLI::PositiveNumber);
    auto* table = c->add_option("--table", o.table,
                                "a CSV table that names the files below IN, in place of class folders")
                      ->option_text("FILE");
    c->add_option("--columns", o.columns,
                  "the table's columns of file, label and split, as \"file,label,split\"")
        ->option_text("NAMES")
        ->needs(table);
    table->needs("--columns");
    auto* pattern =
        c->add_option("--pattern", o.pattern,
                      "a regular expression of the files' names whose first group is the label, in place of "
                      "class folders; what it isn't found in is left out")
            ->option_text("REGEX")
            ->excludes(table);
    c->add_option("--test", o.test,
                  "what is of split test, all others of train: rows of this split of the table, or files in whose name "
                  "this regular expression is found")
        ->option_text("VALUE");
    c->callback([=, &o] {
        if (!o.test.empty() && !*table && !*pattern) throw CLI::RequiresError("--test", "--table or --pattern");
    });
}

void add_train(CLI::App& app, Options& o) {
    auto* c = app.add_subcommand("train", "train a model; Ctrl+C stops it, --resume goes on");
    c->add_option("--recipe", o.recipe, "what to train and how")->required()->option_text("FILE");
    c->add_option("--train", o.pack, "its split \"train\" is trained on")->required()->option_text("PACK");
    c->add_option("--out", o.output, "for the checkpoint, the log and the finished model")
        ->required()
        ->option_text("FOLDER");
    auto* resume = c->add_flag("--resume", o.resume, "go on from the folder's checkpoint");
    c->add_option("--start", o.start, "start from this model's weights (of other labels: all but the head)")
        ->option_text("BUNDLE")
        ->excludes(resume);
    c->add_option("--threads", o.threads, "processors to use (default: the recipe's)")
        ->option_text("T")
        ->check(CLI::Range(1, 1024));
    auto* minutes = c->add_option("--minutes", o.minutes, "a time budget in place of the recipe's")
                        ->option_text("M")
                        ->check(CLI::PositiveNumber);
    c->add_option("--steps", o.steps, "a number of steps in place of the recipe's budget")
        ->option_text("N")
        ->check(CLI::PositiveNumber)
        ->excludes(minutes);
}

void add_bundles(CLI::App& app, Options& o) {
    auto* evaluate = app.add_subcommand("evaluate", "accuracy of a bundle on a split of a pack");
    evaluate->add_option("BUNDLE", o.input, "a model; with --all a folder of them (default: resources/models)");
    auto* pack = evaluate->add_option("PACK", o.pack,
                                      "a data set (default: the one that the model's card names, from --data)");
    auto* recipe = evaluate->add_option("--recipe", o.recipe, "the data set that this recipe's card names")
                       ->option_text("FILE")
                       ->excludes(pack);
    evaluate
        ->add_option("--data", o.data, "where the data sets lie that cards name (default: ../shared/data)")
        ->option_text("FOLDER");
    evaluate
        ->add_option("--cache", o.cache,
                     "where packs of them are kept (default: perceiverscope in $XDG_CACHE_HOME or ~/.cache)")
        ->option_text("FOLDER");
    auto* all = evaluate->add_flag("--all", o.all, "all models, as a table")->excludes(pack)->excludes(recipe);
    evaluate->add_flag("--check", o.check, "only 200 examples each, against what the cards say of these")->needs(all);
    evaluate->add_option("--split", o.split, "which split (default: test)")->option_text("NAME");
    evaluate->add_option("--threads", o.threads, "processors to use (default: all)")
        ->option_text("T")
        ->check(CLI::Range(1, 1024));
    auto* views =
        evaluate->add_option("--views", o.views, "let the mean over so many views of a picture, sound or cloud answer")
            ->option_text("K")
            ->check(CLI::Range(1, 1000))
            ->excludes(all);
    evaluate
        ->add_option("--noise", o.noise,
                     "measure it in white noise too, so many decibels softer than the sound; several with commas")
        ->option_text("DB")
        ->delimiter(',')
        ->check(CLI::Range(-100.0, 100.0))
        ->excludes(views);
    auto* permute =
        evaluate
            ->add_option("--permute", o.permute,
                         "shuffle the pixels of every picture by this seed, their positions with them (rivals)")
            ->option_text("SEED");
    evaluate->add_flag("--record", o.record, "write the accuracy into the bundle's card")
        ->excludes(views)
        ->excludes(permute);

    evaluate->callback([&o] {
        if (o.input.empty() && !o.all) throw Error(ErrorCode::usage, "Name a BUNDLE, or say --all. See --help.");
    });

    auto* plot = app.add_subcommand("plot", "the curves of a run, drawn");
    plot->add_option("RUN", o.input, "the run's folder")->required();
    plot->add_option("OUT", o.output, "a PNG")->required();

    auto* make = app.add_subcommand("export", "a bundle from a checkpoint");
    make->add_option("CHECKPOINT", o.input, "a checkpoint of train")->required();
    make->add_option("--recipe", o.recipe, "the recipe it was trained by (default: the one inside)")
        ->option_text("FILE");
    make->add_option("--card", o.card, "the card as JSON, in place of the recipe's words")
        ->option_text("FILE");
    make->add_option("--out", o.output, "the bundle")->required()->option_text("BUNDLE");

    app.add_subcommand("card", "what a bundle says about itself")
        ->add_option("BUNDLE", o.input, "a model")
        ->required();

    auto* convert = app.add_subcommand("convert", "any model to a bundle, or to a folder of Hugging Face's");
    convert
        ->add_option(
            "IN", o.input,
            "a bundle, a Hugging Face folder, a perceiver-pytorch state dict or a perceiver-2021 folder")
        ->required();
    convert
        ->add_option("OUT", o.output,
                     "NAME.safetensors for a bundle; else a new folder, as transformers has it")
        ->required();
    convert
        ->add_option("--hyperparameters", o.hyperparameters,
                     "what perceiver-pytorch's Perceiver(...) was called with, as JSON (default: beside IN)")
        ->option_text("FILE");
}

}  // namespace

Options read_options(int argc, const char* const* argv) {
    Options o;
    CLI::App app("Train, measure and bundle small Perceivers.", "perceiverscope-train");
    app.footer(kExamples);
    app.get_formatter()->column_width(30);
    app.add_flag("--version", o.version, "the version, and which kernels run");
    app.require_subcommand(0, 1);
    add_pack(app, o);
    add_train(app, o);
    add_bundles(app, o);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        o.help = app.help();
        return o;
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorCode::usage, std::string(error.what()) + ". See --help.");
    }
    for (const auto* command : app.get_subcommands()) o.command = command->get_name();
    if (o.command.empty() && !o.version)
        throw Error(ErrorCode::usage,
                    "Say what to do: pack, train, plot, evaluate, export, card or convert. See --help.");
    if (o.split.empty()) o.split = o.command == "evaluate" ? "test" : "train";
    return o;
}

}  // namespace perceiver
